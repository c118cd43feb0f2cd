export { forgetSubscriptions, type ForgottenPerson } from "./forget-person.ts";
export { subscriptionRoutes } from "./routes.ts";
export {
  askForConfirmation,
  carryOutSubscribe,
  removeExpiredRequests,
  type Asking,
  type Origin,
  type Subscribing,
  type SubscribingSite,
  type SubscriptionDeps,
} from "./subscribe.ts";
export { addToUnsubscribed, removeFromUnsubscribed, type AddressList } from "./unsubscribed-list.ts";
export { issueUnsubscribeLink, type UnsubscribeLink } from "./unsubscribe.ts";
