/** What of this machine may be in the way of a suite, checked one by one, each with a cure. It changes nothing. */
@NullMarked
package dev.pocketagent.cli.doctor;

import org.jspecify.annotations.NullMarked;
