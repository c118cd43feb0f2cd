/** The admin's API as one of its pages calls it. */
export interface AdminCaller {
  /** `name=value` of the session. */
  readonly cookie: string;
  call<Answer>(method: string, path: string, body?: object): Promise<Answer>;
}

export async function logIn(url: string, password: string): Promise<AdminCaller> {
  const headers = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
  const answer = await fetch(`${url}/admin/api/session`, {
    method: "POST",
    headers,
    body: JSON.stringify({ login: "admin", password }),
  });
  const cookie = answer.headers.getSetCookie()[0]?.split(";")[0];
  if (cookie === undefined) throw new Error(`Nobody was logged in: ${await answer.text()}`);
  return {
    cookie,
    async call<Answer>(method: string, path: string, body?: object) {
      const said = await fetch(`${url}/admin/api${path}`, {
        method,
        headers: { ...headers, cookie },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (!said.ok) throw new Error(`${path} was refused: ${await said.text()}`);
      return (await said.json()) as Answer;
    },
  };
}
