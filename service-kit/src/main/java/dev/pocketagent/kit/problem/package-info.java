/**
 * Errors as clients see them: application/problem+json with a stable code, and the one table that turns exceptions into
 * it. Every service throws {@link dev.pocketagent.kit.problem.ProblemException}; nothing else builds an error body.
 */
@NullMarked
package dev.pocketagent.kit.problem;

import org.jspecify.annotations.NullMarked;
