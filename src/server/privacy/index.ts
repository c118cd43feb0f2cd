export { exportPerson, type PersonExportDeps } from "./export-person.ts";
export { erasePerson, type ErasePerson, type PrivacyDeps } from "./erase-person.ts";
