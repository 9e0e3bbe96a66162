/**
 * The part of a bundle's source map that lies in a compiled module: the policy's own files. The compiler writes it, the
 * module's prelude reads it when the first error is logged.
 */
export interface StackMappings {
  /** What stacks call the bundle. */
  filename: string;
  /** The policy's own files, as stacks show them: seen from the policy's folder. */
  files: string[];
  /** Installed packages; their lines are not kept. */
  packages: string[];
  /**
   * Where parts of the bundle come from, in order, as numbers in Base64 VLQ (as in source maps). Each begins with the
   * difference to the line before, the column (to the one before where that is in the same line), and the difference to the
   * source before: 0 is the kit, then come `files`, then `packages`. For a file two more follow: the differences to the
   * original line and column before. A part of a file ends with its line; others go on to the next part. A block of parts begins anew: all
   * of its first part counts from 0.
   */
  segments: string;
  /** Of each block in `segments`: line and column of its first part, and where it begins. Who looks for a place reads one block only. */
  blocks: (readonly [line: number, column: number, at: number])[];
}
