/**
 * A service's part in its tenants' quotas: reserved at the registry before something is made, written down with it, confirmed
 * and given back by a settler that looks only at what should be. Talks to the registry about reservations; what a thing is and
 * how much it takes are the service's to say, through {@code Holders}.
 */
@NullMarked
package dev.pocketagent.kit.quota;

import org.jspecify.annotations.NullMarked;
