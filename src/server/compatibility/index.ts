export { compatibilityRoutes, type CompatibilityDeps } from "./routes.ts";
