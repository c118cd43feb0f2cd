-- What the site believes of its app: `open` takes the app's word for who somebody is, `signed` wants an identity token.
ALTER TABLE site ADD COLUMN mobile_identify text NOT NULL DEFAULT 'open' CHECK (mobile_identify IN ('open', 'signed'));
