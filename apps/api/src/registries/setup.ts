/** How a registry of a kind is told to notify an address: text that people can copy. */
export type Setup = (hookUrl: string) => string;

/**
 * The part of the configuration of a distribution registry that notifies us. What it leaves out on its side we would
 * ignore on ours: reads, and blobs. Five seconds, because a registry that times out sends the same again.
 * @see https://distribution.github.io/distribution/about/configuration/#notifications
 */
const distribution: Setup = (hookUrl) => `notifications:
  endpoints:
    - name: soupcon
      url: ${hookUrl}
      timeout: 5s
      threshold: 5
      backoff: 2s
      ignore:
        mediatypes:
          - application/octet-stream
        actions:
          - pull
`;

/** By provider; each webhook has one. */
export const setups: Readonly<Record<string, Setup>> = { distribution };
