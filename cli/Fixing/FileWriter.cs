using System;
using System.IO;
using System.Text;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Cli.Fixing;

/// <summary>Writes a source file so that at every moment it is either as it was or as it should be: encoding, byte order mark, line ends and mode are kept.</summary>
internal static class FileWriter
{
    /// <returns>Null when it was written, else why not.</returns>
    public static string? Write(string path, SourceText before, SourceText after)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            var encoding = EncodingOf(bytes, before.Encoding);
            var preamble = encoding.GetPreamble();
            var skipped = preamble.Length > 0 && bytes.AsSpan().StartsWith(preamble) ? preamble.Length : 0;
            if (encoding.GetString(bytes, skipped, bytes.Length - skipped) != before.ToString())
                return "it was changed meanwhile";
            if (File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly))
                return "it is read-only";

            var temporary = path + ".structured-" + Environment.ProcessId + ".tmp";
            try
            {
                using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
                {
                    if (skipped > 0)
                        stream.Write(preamble);
                    stream.Write(encoding.GetBytes(after.ToString()));
                    stream.Flush(flushToDisk: true);
                }

                if (!OperatingSystem.IsWindows())
                    File.SetUnixFileMode(temporary, File.GetUnixFileMode(path));
                File.Move(temporary, path, overwrite: true);
            }
            finally
            {
                File.Delete(temporary);
            }

            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    private static Encoding EncodingOf(byte[] bytes, Encoding? known)
    {
        foreach (var encoding in new Encoding[] { new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), new UnicodeEncoding(bigEndian: false, byteOrderMark: true), new UnicodeEncoding(bigEndian: true, byteOrderMark: true) })
        {
            if (bytes.AsSpan().StartsWith(encoding.GetPreamble()))
                return encoding;
        }

        return known ?? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
    }
}
