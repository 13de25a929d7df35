/**
 * Command lines: what the programs say of words that they do not understand. Pure; imports the JDK and picocli. Any
 * program may import it.
 */
package org.mirrorlog.words;
