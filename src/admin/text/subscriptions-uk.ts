/** The screen of addresses and how far letters may go to them. */
export const subscriptionsUk = {
  "subscriptions.title": "Підписки",
  "subscriptions.lead":
    "Поточні адреси пошти ваших контактів: кому можна писати, хто ще має підтвердити й хто відмовився.",
  "subscriptions.statuses": "За станом",
  "subscriptions.none": "Таких адрес немає",
  "subscriptions.none.unconfirmed":
    "Адреса чекає тут, відколи її вказали, доки її власник не перейде за посиланням з листа.",
  "subscriptions.none.confirmed": "Адресу підтверджено, коли власник перейшов за посиланням або це сказав ваш сервер.",
  "subscriptions.none.unsubscribed": "Тут з’являється той, хто перейшов за посиланням відписки з листа.",
  "subscriptions.none.bounced": "Тут з’являються адреси, на які листи остаточно не доходять.",
  "subscriptions.none.suppressed": "Тут з’являються адреси, власники яких поскаржилися, і заблоковані адреси.",
  "subscriptions.lastAsked": "Останній лист підтвердження",
  "subscriptions.neverAsked": "За 30 днів не було листів підтвердження.",
  "subscriptions.waiting": {
    one: "{n} лист чекає на надсилання.",
    few: "{n} листи чекають на надсилання.",
    many: "{n} листів чекають на надсилання.",
    other: "{n} листа чекають на надсилання.",
  },
  "subscriptions.dead": {
    one: "{n} лист не вдалося надіслати.",
    few: "{n} листи не вдалося надіслати.",
    many: "{n} листів не вдалося надіслати.",
    other: "{n} листа не вдалося надіслати.",
  },
  "subscriptions.since": "Відколи",
  "subscriptions.asked": "Останній лист",
  "subscriptions.link": "посилання згасне",
  "subscriptions.askAgain": "Надіслати ще раз",
  "subscriptions.askedAgain": "Лист підтвердження на {address} надсилається",
} as const;
