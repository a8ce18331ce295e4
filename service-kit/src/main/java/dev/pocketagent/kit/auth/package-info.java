/**
 * Who is calling: bearer keys to roles and tenants, with a cache that stays right under revocation and survives a
 * registry that is away. Where keys are looked up is behind {@link dev.pocketagent.kit.auth.KeySource}.
 */
@NullMarked
package dev.pocketagent.kit.auth;

import org.jspecify.annotations.NullMarked;
