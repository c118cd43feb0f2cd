export { erasePerson, type ErasePerson, type PrivacyDeps } from "./erase-person.ts";
