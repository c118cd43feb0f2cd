// Words of the frame around every screen.

export const shellEn = {
  "nav.overview": "Overview",
  "nav.contacts": "Contacts",
  "nav.exports": "Exports",
  "nav.sites": "Sites",
  "nav.mail": "Mail",
  "nav.settings": "Settings",
  "nav.more": "More",

  "settings.lead": "What is set up once, and looked at when something is odd.",

  "finder.open": "Find",
  "finder.title": "Find a contact, a segment or a screen",
  "finder.hint": "Name, email, phone, any ID, segment, screen",
  "finder.results": "What was found",
  "finder.places": "Screens",
  "finder.segments": "Segments",
  "finder.contacts": "Contacts",
  "finder.all": "Search all contacts for “{q}”",
  "finder.searching": "Searching contacts…",
  "finder.count": { one: "{n} contact found", other: "{n} contacts found" },

  "shortcuts.title": "Keyboard shortcuts",
  "shortcuts.find": "Find a contact, a segment or a screen",
  "shortcuts.search": "Search the list; find anything where there is no list",
  "shortcuts.step": "Next and previous contact beside a list",
  "shortcuts.help": "Show these shortcuts",
  "shortcuts.close": "Close what is open",
  "shortcuts.or": "or",

  "beside.title": "Contact",
  "beside.previous": "Previous contact",
  "beside.next": "Next contact",
  "beside.place": "{n} of {all}",
  "beside.full": "Open full page",

  "app.api": "Show as API",
  "leaving.title": "Leave without saving?",
  "leaving.hint": "What you changed here is not saved.",
  "leaving.stay": "Stay",
  "leaving.leave": "Leave",
  "contacts.api.narrowed":
    "The API does not know these conditions. Make a dynamic segment of them, and its screen shows the line that lists it.",
} as const;
