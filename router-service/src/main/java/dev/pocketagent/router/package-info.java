/**
 * PocketModel: one OpenAI-compatible endpoint in front of every model. Nothing lives here itself; each feature has its own
 * package. Dependencies run {@code gateway -> provider, usage -> catalog -> openai}, never back.
 */
@NullMarked
package dev.pocketagent.router;

import org.jspecify.annotations.NullMarked;
