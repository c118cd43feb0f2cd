import type { Page } from "playwright";

const FIRST = [
  "Ida",
  "Jonas",
  "Катерина",
  "Leo",
  "Mila",
  "Nils",
  "Oksana",
  "Petra",
  "Quentin",
  "Rosa",
  "Sven",
  "Tereza",
];
const LAST = ["Aalto", "Brandt", "Гончар", "Dvorak", "Ekman", "Fischer"];
const HEAD = "Customer no.;E-mail;First name;Last name;Phone;Town;Note";

/** Rows from `first` on; the fifth has an address that is none, the ninth a phone without its country. */
function rowsFrom(first: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const n = first + index;
    const email = index === 4 ? "not an address" : `customer${n}@shop.example`;
    const phone = index === 8 ? "0501234567" : `+4860099${String(1000 + n)}`;
    return [`C-2${1000 + n}`, email, FIRST[n % 12], LAST[n % 6], phone, n % 2 === 0 ? "Kraków" : "Львів", ""].join(";");
  });
}

/** Three files, each left at another step: run, checked, and with its columns still to be looked at. */
export async function importFiles(page: Page, admin: string): Promise<void> {
  await bring(page, admin, { name: "customers-2025.csv", rows: rowsFrom(0, 240) });
  await page.getByRole("button", { name: "Check the file" }).click();
  await page.getByRole("button", { name: /^Create/ }).click();
  await page.getByRole("heading", { name: "Import finished" }).waitFor();
  await bring(page, admin, { name: "autumn-fair.csv", rows: rowsFrom(180, 120) });
  await page.getByRole("button", { name: "Check the file" }).click();
  await page.getByRole("button", { name: /^Create/ }).waitFor();
  await bring(page, admin, { name: "newsletter-readers.csv", rows: rowsFrom(400, 60) });
}

async function bring(page: Page, admin: string, file: { readonly name: string; readonly rows: readonly string[] }) {
  await page.goto(`${admin}/imports/new`);
  const buffer = Buffer.from([HEAD, ...file.rows, ""].join("\r\n"));
  await page.setInputFiles("input[type=file]", { name: file.name, mimeType: "text/csv", buffer });
  await page.waitForSelector(".import-mapping");
}
