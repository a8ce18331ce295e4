/**
 * Talking to the services over HTTP: requests with a bearer key, problem+json turned into exceptions, server-sent
 * events. It may use {@code cli.output} for JSON only; it knows no command and no file.
 */
@NullMarked
package dev.pocketagent.cli.http;

import org.jspecify.annotations.NullMarked;
