using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using Spectre.Console;
using Structured.Analyzers;
using Structured.Cli.Checking;
using Structured.Cli.Fixing;
using Structured.Cli.Loading;
using Structured.Cli.Text;

namespace Structured.Cli.Commands;

/// <summary><c>structured explain</c>: the page of a rule, or the list of rules.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var rule = new Argument<string?>("rule") { Description = "A rule, SC1001 for one; without it, the list of rules.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("explain", "Shows what a rule is about, or, without one, the list of rules.") { rule };
        command.SetAction(parsed => Run(parsed.GetValue(rule)));
        return command;
    }

    public static int Run(string? id)
    {
        if (!Console.IsOutputRedirected)
            return Run(id, AnsiConsole.Console);

        // Not a terminal: plain text in lines of a readable width, without the blanks that fill them.
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 120;
        var exitCode = Run(id, console);
        foreach (var line in text.ToString().TrimEnd().Split('\n'))
            Console.WriteLine(line.TrimEnd());
        return exitCode;
    }

    private static int Run(string? id, IAnsiConsole console)
    {
        if (id is null)
        {
            List(console);
            return Program.Clean;
        }

        id = id.Trim().ToUpperInvariant();
        var rule = Checker.Rules.FirstOrDefault(rule => rule.Id == id) ?? throw new LoadException($"There is no rule {id}; 'structured explain' lists those there are.");
        if (RulePages.Find(id) is { } page)
            Markdown.Write(RulePages.WithoutComments(page), console);
        else
            Markdown.Write($"# {rule.Id}: {rule.Title}\n\n{rule.Description}\n", console);
        console.WriteLine();
        console.WriteLine(rule.HelpLinkUri);
        return Program.Clean;
    }

    private static void List(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var heading in new[] { "rule", "title", "recommended", "strict", "fix" })
            table.AddColumn(heading);
        foreach (var rule in Checker.Rules)
        {
            table.AddRow(
                rule.Id,
                Markup.Escape(rule.Title.ToString(CultureInfo.InvariantCulture)),
                Word(Descriptors.RecommendedSeverity(rule)),
                Word(Descriptors.StrictSeverity(rule)),
                Fixer.IsFixable(rule.Id) ? "yes" : "");
        }

        console.Write(table);
        console.WriteLine("'structured explain SC1001' shows the page of one.");
    }

    private static string Word(ReportDiagnostic severity)
        => severity switch
        {
            ReportDiagnostic.Error => "error",
            ReportDiagnostic.Warn => "warning",
            ReportDiagnostic.Info => "suggestion",
            _ => "off",
        };
}
