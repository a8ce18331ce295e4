package dev.pocketagent.bench.load;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.function.LongFunction;
import java.util.function.Predicate;

/**
 * A kind of request.
 *
 * @param name in the output
 * @param request by its running number
 * @param good whether an answer is the one that was wanted; a fast error is no speed
 */
public record Route(String name, LongFunction<HttpRequest> request, Predicate<HttpResponse<byte[]>> good) {}
