/**
 * Who is dead, and how that comes about: fencing programs and the operator's word, the register of declared deaths, and
 * the news of them.
 */
package org.mirrorlog.fencing;
