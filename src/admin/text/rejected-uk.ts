/** The screen of rejected messages. */
export const rejectedUk = {
  "rejected.title": "Відхилені повідомлення",
  "rejected.lead":
    "Повідомлення, які надійшли, але не були прийняті, з причиною. Зберігаються 30 днів. Виправте повідомлення й надішліть його знову: воно рахується так, ніби надійшло правильним.",
  "rejected.none": "Нічого не відхилено",
  "rejected.none.hint": "Якщо повідомлення тега чи застосунку не можна прийняти, воно з’явиться тут із причиною.",
  "rejected.all": "Усі причини",
  "rejected.repair": "Переглянути й виправити",
  "rejected.message": "Повідомлення",
  "rejected.message.hint": "JSON. Його id не змінюється, тому воно зберігається один раз, скільки б не надходило.",
  "rejected.notJson": "Це не об’єкт JSON.",
  "rejected.replay": "Надіслати знову",
  "rejected.replayed": "Повідомлення збережено",
  "rejected.dismiss": "Прибрати",
  "rejected.dismissed": "Повідомлення прибрано",
  "rejected.older": "Давніші повідомлення",
  "rejected.newest": "Найновіші повідомлення",
} as const;
