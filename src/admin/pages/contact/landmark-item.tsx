import type { TimelineLandmark } from "../../../contract/admin/timeline.ts";
import { counted, openNumber, t } from "../../text/index.ts";
import { exactTime, timeOfDay } from "../../text/time.ts";
import { Icon } from "../../ui/icon.tsx";
import { pathOf } from "../../ui/web-address.ts";

interface Props {
  readonly landmark: TimelineLandmark;
  /** What follows below happened before anybody knew who this was. */
  readonly introduces: boolean;
}

/** The moment of identification: "Signed up on /register, 6 earlier events attached from this browser". */
export function LandmarkItem({ landmark, introduces }: Props) {
  return (
    <>
      <li class="landmark">
        <span class="landmark-flag">
          <Icon name="flag" />
        </span>
        <div>
          <strong>
            <bdi>{titleOf(landmark)}</bdi>
          </strong>
          <p>{earlierOf(landmark)}</p>
        </div>
        <time class="entry-time" dateTime={new Date(landmark.at).toISOString()} title={exactTime(landmark.at)}>
          {timeOfDay(landmark.at)}
        </time>
      </li>
      {introduces && <li class="before-title">{t("timeline.before")}</li>}
    </>
  );
}

function titleOf({ reason, url }: TimelineLandmark): string {
  return url === null ? t(`landmark.${reason}`) : t(`landmark.${reason}.at`, { place: pathOf(url) });
}

function earlierOf({ earlier, earlierCountedTo, source }: TimelineLandmark): string {
  if (earlier === 0) return t("landmark.earlier.none");
  const key = source.kind === "device" ? "landmark.earlier.device" : "landmark.earlier.visitor";
  return counted(key, earlier, { n: openNumber(earlier, earlierCountedTo) });
}
