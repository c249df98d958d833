using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace Structured.Cli.Text;

/// <summary>
/// Shows the Markdown that the rules' pages are written in on a terminal: headings, paragraphs, lists, tables, code, links, emphasis. Where the output goes elsewhere
/// the same text comes without colours.
/// </summary>
internal static partial class Markdown
{
    public static void Write(string text, IAnsiConsole console)
    {
        var paragraph = new StringBuilder();
        var table = new List<string>();
        var isCode = false;
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                End();
                isCode = !isCode;
                continue;
            }

            if (isCode)
            {
                console.Write(new Paragraph("    " + line, new Style(IsClaim(line) ? Color.Yellow : Color.Grey)).Overflow(Overflow.Fold));
                console.WriteLine();
                continue;
            }

            if (line.StartsWith('|'))
            {
                EndParagraph();
                table.Add(line);
                continue;
            }

            EndTable();
            if (line.StartsWith('#'))
            {
                EndParagraph();
                var isTitle = line.StartsWith("# ", StringComparison.Ordinal);
                console.MarkupLine($"[bold{(isTitle ? " underline" : "")}]{Inline(line.TrimStart('#').Trim())}[/]");
            }
            else if (line.Length == 0)
            {
                EndParagraph();
                console.WriteLine();
            }
            else
            {
                if (Bullet().IsMatch(line))
                    EndParagraph();
                paragraph.Append(paragraph.Length == 0 ? "" : " ").Append(line.Trim());
            }
        }

        End();

        void End()
        {
            EndParagraph();
            EndTable();
        }

        void EndParagraph()
        {
            if (paragraph.Length == 0)
                return;
            var content = paragraph.ToString();
            var indent = 0;
            if (Bullet().Match(content) is { Success: true } bullet)
            {
                content = "• " + content[bullet.Length..];
                indent = 2;
            }

            console.Write(new Padder(new Markup(Inline(content)), new Padding(indent, 0, 0, 0)));
            paragraph.Clear();
        }

        void EndTable()
        {
            if (table.Count == 0)
                return;
            var rows = table.Select(static row => row.Trim().Trim('|').Split('|').Select(static cell => cell.Trim()).ToArray()).Where(static row => !row.All(static cell => cell.All(static each => each is '-' or ':'))).ToList();
            var shown = new Table().Border(TableBorder.Simple);
            foreach (var heading in rows[0])
                shown.AddColumn(new TableColumn(new Markup($"[bold]{Inline(heading)}[/]")));
            foreach (var row in rows.Skip(1))
                shown.AddRow(row.Take(rows[0].Length).Select(static cell => new Markup(Inline(cell))));
            console.Write(shown);
            table.Clear();
        }
    }

    /// <summary>Code, links and emphasis within a line, as Spectre's markup.</summary>
    private static string Inline(string text)
        => Spans().Replace(Spectre.Console.Markup.Escape(text), static match =>
            match.Groups["code"].Success ? $"[blue]{match.Groups["code"].Value}[/]"
            : match.Groups["link"].Success ? $"[underline]{match.Groups["link"].Value}[/]"
            : match.Groups["bold"].Success ? $"[bold]{match.Groups["bold"].Value}[/]"
            : $"[italic]{match.Groups["italic"].Value}[/]");

    /// <summary>Whether a line of an example says that a rule reports it.</summary>
    private static bool IsClaim(string line) => Claim().IsMatch(line);

    // Escaping has doubled the brackets.
    [GeneratedRegex(@"`(?<code>[^`]+)`|\[\[(?<link>[^\]]+)\]\]\([^)]*\)|\*\*(?<bold>[^*]+)\*\*|(?<![\w*])\*(?<italic>[^*\s][^*]*)\*(?![\w*])")]
    private static partial Regex Spans();

    [GeneratedRegex(@"^\s*[-*] ")]
    private static partial Regex Bullet();

    [GeneratedRegex(@"// (SC\d{4}|CS\d{4})")]
    private static partial Regex Claim();
}
