/**
 * Secrets at rest: AES-256-GCM, a data key per tenant, wrapped by a key-encryption key from a file. Nothing outside this
 * package touches key material.
 */
@NullMarked
package dev.pocketagent.kit.secret;

import org.jspecify.annotations.NullMarked;
