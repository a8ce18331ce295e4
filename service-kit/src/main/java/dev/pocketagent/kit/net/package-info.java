/**
 * The SSRF guard: which addresses a tenant's URL may lead to. Clients check the address they really connect to against
 * {@link dev.pocketagent.kit.net.AddressPolicy}; checking a name alone would lose to DNS rebinding.
 */
@NullMarked
package dev.pocketagent.kit.net;

import org.jspecify.annotations.NullMarked;
