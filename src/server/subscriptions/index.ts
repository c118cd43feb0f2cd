export { askAgain, type AskAgain, type AskedAgain } from "./ask-again.ts";
export { forgetSubscriptions, type ForgottenPerson } from "./forget-person.ts";
export {
  countSubscriptions,
  findLastLetter,
  listSubscriptions,
  type Subscription,
  type SubscriptionStatus,
} from "./list-store.ts";
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
