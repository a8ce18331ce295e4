/**
 * Black-box tests: the built suite is started as processes by {@code pocket}, the way a user does it, and driven over
 * HTTP. Nothing here knows a class of a service.
 */
package dev.pocketagent.e2e;
