/** Invented people, to look around with. */
export const samplesEn = {
  "samples.title": "Sample data",
  "samples.banner": {
    one: "{n} contact is invented. It counts in every number, segment, export and download until you remove it.",
    other: "{n} contacts are invented. They count in every number, segment, export and download until you remove them.",
  },
  "samples.remove": "Remove sample data",
  "samples.removed": { one: "{n} invented contact was removed", other: "{n} invented contacts were removed" },
  "samples.removedBut": {
    one: "{n} invented contact was removed; {kept} stay, merged with real ones",
    other: "{n} invented contacts were removed; {kept} stay, merged with real ones",
  },
  "samples.load": "Look around with sample data",
  "samples.loading": "Inventing people…",
  "samples.load.hint":
    "Thirty invented people with a few weeks of history. Marked on every screen, and removed by one click.",
  "source.SAMPLE": "sample data",
} as const;
