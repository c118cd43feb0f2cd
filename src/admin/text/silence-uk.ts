/** Why nothing arrives, and how to say who signed up. */
export const silenceUk = {
  "silence.title": "Уже хвилину нічого не надійшло. Ось що бачив сервер:",
  "silence.usual": "Зазвичай причина така:",
  "silence.nothing":
    "За останню добу жодна сторінка не завантажила скрипт, і для цього сайту не було повідомлень: тега немає на жодній відкритій сторінці.",
  "silence.onlyScript": "{page} завантажує скрипт, але не надсилає повідомлень. Востаннє",
  "silence.onlyScript.hint": "Тег на місці; щось заважає йому надсилати: дивіться нижче.",
  "silence.wrongKey":
    "{page} надсилає з ключем «{wrong}», якого не має жоден сайт. Ключ цього сайту: «{right}». Востаннє",
  "silence.blockedOrigin": "{page} надсилає з правильним ключем, але не належить до дозволених джерел. Востаннє",
  "silence.allow": "Дозволити {page}",
  "silence.allowed": "{page} тепер дозволено",
  "silence.refused": "Запит зі сторінки {page} відхилено: {why}. Востаннє",
  "silence.rejected": {
    one: "Надійшло й відхилено {n} повідомлення ({code}). Востаннє",
    few: "Надійшло й відхилено {n} повідомлення ({code}). Востаннє",
    many: "Надійшло й відхилено {n} повідомлень ({code}). Востаннє",
    other: "Надійшло й відхилено {n} повідомлень ({code}). Востаннє",
  },
  "silence.rejected.link": "Переглянути їх",
  "silence.unknownPage": "сторінка, яка не каже, де вона",
  "silence.code.invalid_json": "його вміст не є JSON",
  "silence.code.invalid_batch": "його вміст не є пакетом повідомлень",
  "silence.code.too_large": "він завеликий",
  "silence.code.too_many_messages": "у ньому забагато повідомлень",
  "silence.code.rate_limited": "з його мережевої адреси забагато запитів",
  "silence.code.unsupported_encoding": "його стиснення тут не читають",
  "sites.causes.ignored":
    "Браузер, яким дивляться, просили не враховувати: у його локальному сховищі є «backstory_ignore».",
  "sites.causes.consent": "Тег чекає на згоду, а її ще ніхто не дав.",
  "sites.identify.makeKey": "Створити ключ для цього прикладу",
  "sites.identify.makeKey.hint":
    "Він дає змогу записувати контакти. Його показано лише зараз, у команді; відкликати можна в розділі ключів API.",
  "sites.identify.secret": "Команда містить робочий ключ, показаний лише зараз. Скопіюйте його.",
  "sites.identify.keyName": "Приклад для {site}",
} as const;
