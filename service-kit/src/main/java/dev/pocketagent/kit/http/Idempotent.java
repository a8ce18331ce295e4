package dev.pocketagent.kit.http;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import jakarta.interceptor.InterceptorBinding;

/**
 * Honours {@code Idempotency-Key} on a creating REST method. The method must be {@code @Transactional} and return a
 * {@link jakarta.ws.rs.core.Response}; its 2xx answer is stored in the same transaction as the change, so either both are
 * there or neither. A replay carries {@code Idempotency-Replayed: true}; the same key with another request is 422, while
 * the first still runs 409. Failed requests are not stored: correct them and use the key again. Kept for 24 hours, and not
 * beyond the erasure of a tenant that it names.
 */
@InterceptorBinding
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface Idempotent {
}
