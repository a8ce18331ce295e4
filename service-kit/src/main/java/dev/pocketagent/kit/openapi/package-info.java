/**
 * What every service's OpenAPI document has in common: bearer keys, the version, and a problem as the answer to anything
 * that goes wrong. Runs at build time; what a route does is described at the route.
 */
@NullMarked
package dev.pocketagent.kit.openapi;

import org.jspecify.annotations.NullMarked;
