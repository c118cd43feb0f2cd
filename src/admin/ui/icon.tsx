const PATHS = {
  overview: "M4 13h6V4H4zM14 20h6v-9h-6zM14 8h6V4h-6zM4 20h6v-4H4z",
  contacts: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21a7 7 0 0 1 14 0M16 3.5a4 4 0 0 1 0 7M18.5 14.5A7 7 0 0 1 22 21",
  imports: "M12 3v11M7.5 9.5 12 14l4.5-4.5M4 16v4h16v-4",
  segments: "M4 6h16M7 12h10M10 18h4",
  sites:
    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c2.5 2.5 3.8 5.6 3.8 9s-1.3 6.5-3.8 9c-2.5-2.5-3.8-5.6-3.8-9s1.3-6.5 3.8-9z",
  download: "M12 4v11M7.5 10.5 12 15l4.5-4.5M4 18v2h16v-2",
  exports: "M12 15V4M7.5 8.5 12 4l4.5 4.5M4 14v6h16v-6",
  mail: "M3 6h18v12H3zM3.5 6.5 12 13l8.5-6.5",
  keys: "M14.5 9.5a5 5 0 1 1-4-4.9 5 5 0 0 1 4 4.9zM13 13l8 8M17 17l2-2",
  settings: "M4 7h9M19 7h1M4 17h1M11 17h9M16 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 20a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  more: "M6 12a1 1 0 1 1-2 0 1 1 0 0 1 2 0zM13 12a1 1 0 1 1-2 0 1 1 0 0 1 2 0zM20 12a1 1 0 1 1-2 0 1 1 0 0 1 2 0z",
  list: "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
  live: "M3 12h4l3-8 4 16 3-8h4",
  pause: "M8 5v14M16 5v14",
  play: "M7 5l12 7-12 7z",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "M5 12.5 10 17.5 19.5 7",
  close: "M6 6l12 12M18 6 6 18",
  page: "M6 3h8l4 4v14H6zM14 3v4h4",
  action: "M13 3 5 14h6l-1 7 8-11h-6z",
  flag: "M5 21V4M5 4h12l-2 4 2 4H5",
  browser: "M3 5h18v14H3zM3 9h18M6 7h.01M9 7h.01",
  device: "M8 3h8v18H8zM11 18h2",
  server: "M4 4h16v7H4zM4 13h16v7H4zM7.5 7.5h.01M7.5 16.5h.01",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  restore: "M4 12a8 8 0 1 0 2.5-5.8L4 8.5M4 4v4.5h4.5",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  up: "M5 15l7-7 7 7",
  down: "M5 9l7 7 7-7",
  out: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  question: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 17h.01",
  plus: "M12 5v14M5 12h14",
  person: "M12 12a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM4 21a8 8 0 0 1 16 0",
  warning: "M12 4 2.5 20h19zM12 10v4.5M12 17h.01",
} as const;
export type IconName = keyof typeof PATHS;

/** Beside a text that says the same; screen readers skip it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Our sign: dots become a line's end once it is known who walked there. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" />
      <path d="M6 16h12" />
      <circle cx="23" cy="16" r="5" />
    </svg>
  );
}
