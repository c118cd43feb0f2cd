export { forgetDevices } from "./forget-person.ts";
export { deviceRoutes, type DeviceDeps } from "./routes.ts";
