/**
 * What may run: an allow-list over the Compose document, a rule id for every refusal, and guardrails added to everything that passes.
 * The only maker of {@code StackSpec}s. Plain Java; it sees documents and never asks who the caller is or what runs.
 */
@NullMarked
package dev.pocketagent.provisioner.policy;

import org.jspecify.annotations.NullMarked;
