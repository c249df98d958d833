using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

/// <summary>What the tests of a rule share: cases are members of a class, and every case that C# 7.3 can read is read by it and by the newest version.</summary>
public abstract class RuleTest<TAnalyzer>
    where TAnalyzer : DiagnosticAnalyzer, new()
{
    private const string Usings = """
        using System;
        using System.Collections.Concurrent;
        using System.Collections.Generic;
        using System.IO;
        using System.Linq;
        using System.Linq.Expressions;
        using System.Runtime.CompilerServices;
        using System.Threading;
        using System.Threading.Tasks;
        using Structured.Concurrency;


        """;

    /// <summary>Members that cases may use.</summary>
    private const string Helpers = """

            static void Work() { }
            static int Compute() => 1;
            static Task WorkAsync() => Task.Delay(1);
            static Task<int> ComputeAsync() => Task.FromResult(Compute());
            static ValueTask FlushAsync() => default(ValueTask);
            static void Log(object message) { }
        """;

    protected static async Task VerifyMembersAsync(string members, string options = "")
    {
        await VerifyAsync(InClass(members), options, LanguageVersions.CSharp73);
        await VerifyAsync(InClass(members), options, LanguageVersion.Latest);
    }

    protected static Task VerifyNewestAsync(string members, string options = "") => VerifyAsync(InClass(members), options, LanguageVersion.Latest);

    protected static Task VerifyFileAsync(string source, string options = "", OutputKind? outputKind = null) => VerifyAsync(Usings + source, options, LanguageVersion.Latest, outputKind);

    /// <summary>What is reported at <c>{|#0:…|}</c>, word for word.</summary>
    protected static Task VerifyMessageAsync(string members, string message, string options = "")
    {
        var test = TestOf(InClass(members));
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<TAnalyzer>.Diagnostic(new TAnalyzer().SupportedDiagnostics[0].Id).WithLocation(0).WithMessage(message));
        if (options.Length > 0)
            test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\n" + options + "\n"));
        return test.RunAsync();
    }

    protected static CSharpAnalyzerVerifier<TAnalyzer>.Test TestOf(string source, LanguageVersion version = LanguageVersion.Latest)
        => new() { TestCode = source, LanguageVersion = version };

    protected static string InClass(string members) => Usings + "class C\n{\n" + members + "\n" + Helpers + "\n}\n";

    private static Task VerifyAsync(string source, string options, LanguageVersion version, OutputKind? outputKind = null)
    {
        var test = TestOf(source, version);
        test.TestState.OutputKind = outputKind;
        if (options.Length > 0)
            test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\n" + options + "\n"));
        return test.RunAsync();
    }
}
