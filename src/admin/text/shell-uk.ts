export const shellUk = {
  "nav.overview": "Огляд",
  "nav.contacts": "Контакти",
  "nav.exports": "Експорт",
  "nav.sites": "Сайти",
  "nav.mail": "Пошта",
  "nav.settings": "Налаштування",
  "nav.more": "Ще",

  "settings.lead": "Те, що налаштовують один раз і переглядають, коли щось дивно.",

  "finder.open": "Знайти",
  "finder.title": "Знайти контакт, сегмент або екран",
  "finder.hint": "Ім’я, пошта, телефон, будь-який ID, сегмент, екран",
  "finder.results": "Що знайдено",
  "finder.places": "Екрани",
  "finder.segments": "Сегменти",
  "finder.contacts": "Контакти",
  "finder.all": "Шукати «{q}» серед усіх контактів",
  "finder.searching": "Шукаємо контакти…",
  "finder.count": {
    one: "Знайдено {n} контакт",
    few: "Знайдено {n} контакти",
    many: "Знайдено {n} контактів",
    other: "Знайдено {n} контакту",
  },

  "shortcuts.title": "Клавіші",
  "shortcuts.find": "Знайти контакт, сегмент або екран",
  "shortcuts.search": "Пошук у списку; де списку немає, знайти що завгодно",
  "shortcuts.step": "Наступний і попередній контакт поруч зі списком",
  "shortcuts.help": "Показати ці клавіші",
  "shortcuts.close": "Закрити те, що відкрито",
  "shortcuts.or": "або",

  "beside.title": "Контакт",
  "beside.previous": "Попередній контакт",
  "beside.next": "Наступний контакт",
  "beside.place": "{n} з {all}",
  "beside.full": "Відкрити повну сторінку",

  "app.api": "Показати як API",
  "leaving.title": "Піти без збереження?",
  "leaving.hint": "Ваші зміни тут не збережено.",
  "leaving.stay": "Залишитися",
  "leaving.leave": "Піти",
  "contacts.api.narrowed":
    "API не знає цих умов. Створіть із них динамічний сегмент: на його екрані є рядок, який видає його контакти.",
} as const;
