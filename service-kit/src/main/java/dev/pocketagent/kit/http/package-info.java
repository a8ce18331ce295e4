/**
 * The conventions of the control-plane APIs: lists by cursor, ETag and If-Match, Idempotency-Key, strict query
 * parameters. Formats are plain classes; only the idempotency interceptor touches the database.
 */
@NullMarked
package dev.pocketagent.kit.http;

import org.jspecify.annotations.NullMarked;
