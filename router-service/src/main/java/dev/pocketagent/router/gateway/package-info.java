/**
 * The data path under {@code /v1}: plain Vert.x routes on the event loop, from the client's connection to a provider's
 * call and back. Nothing here blocks, touches the database or goes through quarkus-rest. How models are chosen, run and
 * booked is in {@code catalog}, {@code provider} and {@code usage}.
 */
@NullMarked
package dev.pocketagent.router.gateway;

import org.jspecify.annotations.NullMarked;
