/**
 * The demo: the platform's main job from an empty machine to a streamed answer, with real parts, told step by step. It
 * speaks to all four services as an operator and a tenant's developer would, and knows no shortcut that they have not.
 */
@NullMarked
package dev.pocketagent.cli.demo;

import org.jspecify.annotations.NullMarked;
