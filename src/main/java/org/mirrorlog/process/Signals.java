package org.mirrorlog.process;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/**
 * Handles POSIX signals without ending the process, which a shutdown hook cannot: a hook may delay the end but not
 * refuse it.
 *
 * <p>{@code sun.misc.Signal} (module jdk.unsupported, kept in the JDK for this use) is called by reflection because
 * javac warns of it in a way that cannot be switched off, and this project builds without warnings.
 */
public final class Signals {
    private Signals() {
    }

    /** Calls the handler with the signal's name, on a thread of the JVM's, each time the signal arrives. */
    public static void handle(String name, Consumer<String> handler) {
        try {
            Class<?> signalType = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handlerType},
                    (self, method, arguments) -> {
                        if (method.getDeclaringClass() == Object.class) {
                            return method.invoke(handler, arguments);
                        }
                        handler.accept(name);
                        return null;
                    });
            Object signal = signalType.getConstructor(String.class).newInstance(name);
            signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, proxy);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("signal " + name + " cannot be handled: " + e.getCause().getMessage(), e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM has no sun.misc.Signal (module jdk.unsupported)", e);
        }
    }
}
