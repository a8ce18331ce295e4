/**
 * The SSRF guard: which addresses a tenant's URL may lead to. Clients check the address they really connect to against
 * {@link dev.pocketagent.kit.net.AddressPolicy}; checking a name alone would lose to DNS rebinding. Whoever only posts uses
 * {@link dev.pocketagent.kit.net.OutboundHttp}, which does so.
 */
@NullMarked
package dev.pocketagent.kit.net;

import org.jspecify.annotations.NullMarked;
