/**
 * The entry: {@link org.mirrorlog.Main} and nothing else. No room imports it.
 */
package org.mirrorlog;
