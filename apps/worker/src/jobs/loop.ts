import { AppError, type Logger } from '@soupcon/model';

export interface LoopOptions {
  readonly name: string;
  /** Between the end of a step and the next one, give or take a fifth: processes that started together spread out. */
  readonly everyMs: number;
  readonly step: () => Promise<void>;
  readonly logger: Logger;
}

const failureMsMax = 5_000;

/**
 * Runs a step again and again, one at a time, sooner when woken. A step that throws is tried again after a while, longer
 * each time; the first failure of a row is logged, and the success that ends it.
 */
export class Loop {
  readonly #options: LoopOptions;
  readonly #ended: Promise<void>;
  #isClosing = false;
  #isWoken = false;
  #failures = 0;
  #rouse: () => void = () => {};

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#ended = this.#run();
  }

  /** Lets the next step begin at once, or, during one, another follow it. After a failure the loop rests first. */
  wake(): void {
    this.#isWoken = true;
    if (this.#failures === 0) this.#rouse();
  }

  /** Ends when the step that is running has. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#rouse();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#isClosing) {
      this.#isWoken = false;
      await this.#step();
      await this.#rest();
    }
  }

  async #step(): Promise<void> {
    const { name, step, logger } = this.#options;
    try {
      await step();
      if (this.#failures > 0) logger.info({ loop: name, failures: this.#failures }, 'loop resumed');
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      const code = error instanceof AppError ? error.code : 'unexpected_fault';
      if (this.#failures === 1) logger.warn({ loop: name, code, err: error }, 'loop interrupted');
    }
  }

  #rest(): Promise<void> {
    if (this.#isClosing || (this.#isWoken && this.#failures === 0)) return Promise.resolve();
    const { everyMs } = this.#options;
    const ms = this.#failures === 0 ? everyMs : Math.min(100 * 2 ** this.#failures, failureMsMax);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms * (0.8 + 0.4 * Math.random()));
      this.#rouse = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
