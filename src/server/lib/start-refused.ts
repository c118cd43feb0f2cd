/** Something only the person who starts the server can put right, said in one sentence. Printed without a stack. */
export class StartRefused extends Error {}
