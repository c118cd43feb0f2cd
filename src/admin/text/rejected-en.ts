/** The screen of rejected messages. */
export const rejectedEn = {
  "rejected.title": "Rejected messages",
  "rejected.lead":
    "Messages that came in and could not be taken, with the reason. Kept 30 days. Repair one and replay it: it counts as if it had come right.",
  "rejected.none": "Nothing was rejected",
  "rejected.none.hint": "When a message of a tag or an app cannot be taken, it shows here with the reason.",
  "rejected.all": "All reasons",
  "rejected.repair": "Look at it and repair it",
  "rejected.message": "Message",
  "rejected.message.hint": "JSON. Its id stays as it is, so that it is stored once however often it comes.",
  "rejected.notJson": "This is not a JSON object.",
  "rejected.replay": "Replay",
  "rejected.replayed": "The message was stored",
  "rejected.dismiss": "Dismiss",
  "rejected.dismissed": "The message was removed",
  "rejected.older": "Older messages",
  "rejected.newest": "Newest messages",
} as const;
