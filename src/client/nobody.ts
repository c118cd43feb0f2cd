/** What sites and apps send for "nobody": taking it for a person would put many people's history together. */
export const NOBODY = /^( *|0|-1|null|undefined|guest|anonymous)$/i;
