/**
 * The OpenAI wire format: reading and splicing request bodies, scanning event streams, error bodies. Plain Java with
 * Jackson's streaming parser; no Quarkus, no Vert.x and no I/O ever come in. Nothing here knows models, prices or keys.
 */
@NullMarked
package dev.pocketagent.router.openai;

import org.jspecify.annotations.NullMarked;
