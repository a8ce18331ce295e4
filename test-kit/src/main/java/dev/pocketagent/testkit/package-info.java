/**
 * What the tests of all services share: a real PostgreSQL, a stateful registry on loopback, and the rules that hold for
 * the code of every module. Test scope only.
 */
@NullMarked
package dev.pocketagent.testkit;

import org.jspecify.annotations.NullMarked;
