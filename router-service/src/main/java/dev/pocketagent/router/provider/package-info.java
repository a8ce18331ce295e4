/**
 * Where models run: the seam {@link dev.pocketagent.router.provider.Provider}, an HTTP one for everything that speaks
 * OpenAI's format, and the built-in sandbox. May use the Vert.x client; knows no keys of tenants, no usage rows and no
 * client's connection.
 */
@NullMarked
package dev.pocketagent.router.provider;

import org.jspecify.annotations.NullMarked;
