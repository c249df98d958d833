using System;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

/// <summary>What the fixes ask about starts that no rule of these tests asks about: work without a task, and work whose task is only its first part's.</summary>
public class StartsForFixesTests
{
    [Theory]
    [InlineData("void M() { $$ThreadPool.QueueUserWorkItem(_ => Work()); }", "Statement")]
    [InlineData("void M() { $$ThreadPool.QueueUserWorkItem(Callback, 1); }", "Statement")]
    [InlineData("void M() { $$ThreadPool.UnsafeQueueUserWorkItem(Callback, null); }", "Statement")]
    [InlineData("void M() { _ = $$ThreadPool.QueueUserWorkItem(_ => Work()); }", "Discard")]
    [InlineData("Action M() => () => $$ThreadPool.QueueUserWorkItem(_ => Work());", "ExpressionBody")]
    [InlineData("void M() => $$ThreadPool.QueueUserWorkItem(_ => Work());", "ExpressionBody")]
    [InlineData("void M() { $$new Thread(Work).Start(); }", "Statement")]
    [InlineData("void M() { $$new Thread(() => Work()) { IsBackground = true }.Start(); }", "Statement")]
    [InlineData("void M() => $$new Thread(Work).Start();", "ExpressionBody")]
    [InlineData("bool M() => $$ThreadPool.QueueUserWorkItem(_ => Work());", "")]
    [InlineData("void M() { var isQueued = $$ThreadPool.QueueUserWorkItem(_ => Work()); }", "")]
    [InlineData("bool _isQueued; void M() { _isQueued = $$ThreadPool.QueueUserWorkItem(_ => Work()); }", "")]
    [InlineData("void M(IThreadPoolWorkItem item) { $$ThreadPool.UnsafeQueueUserWorkItem(item, true); }", "")]
    [InlineData("void M() { $$ThreadPool.GetMinThreads(out var workers, out var ports); }", "")]
    [InlineData("void M() { $$new Thread(Callback).Start(1); }", "")]
    [InlineData("void M() { var thread = new Thread(Work); $$thread.Start(); }", "")]
    [InlineData("void M() { $$new Thread(Work).Join(); }", "")]
    [InlineData("class Thread { public Thread(Action work) { } public void Start() { } } void M() { $$new Thread(Work).Start(); }", "")]
    [InlineData("static class ThreadPool { public static bool QueueUserWorkItem(Action work) => true; } void M() { $$ThreadPool.QueueUserWorkItem(Work); }", "")]
    public void WorkThatIsStartedWithoutATask(string members, string expected)
    {
        var (call, symbols) = CallAt(members);

        var dropped = DroppedResult.OfStartWithoutTask(call, symbols, CancellationToken.None);

        Assert.Equal(expected, dropped?.Kind.ToString() ?? "");
        Assert.True(dropped is null || dropped.Call == call && dropped.Outermost == call && dropped.Continuation is null && dropped.Helper is null);
    }

    [Theory]
    [InlineData("void M() { $$ThreadPool.QueueUserWorkItem(Callback, 1); }", "Callback")]
    [InlineData("void M() { $$ThreadPool.QueueUserWorkItem(callBack: Callback, state: 1); }", "Callback")]
    [InlineData("void M() { $$ThreadPool.QueueUserWorkItem(state: 1, callBack: Callback); }", "Callback")]
    [InlineData("void M() { $$new Thread(Work, 1024).Start(); }", "Work")]
    public void TheWorkIsTheFirstParameter(string members, string expected) => Assert.Equal(expected, UnstructuredStart.WorkOf(CallAt(members).Call)!.Syntax.ToString());

    [Theory]
    [InlineData("void M() { Task.Factory.StartNew($$async () => { await WorkAsync(); }); }", true)]
    [InlineData("void M() { Task.Factory.StartNew(($$async () => { await WorkAsync(); })); }", false)]
    [InlineData("Task M() => Task.Factory.StartNew($$async () => { await WorkAsync(); }).Unwrap();", false)]
    [InlineData("Task M() => Task.Factory.StartNew($$async () => { await WorkAsync(); }).ContinueWith(t => Work());", true)]
    [InlineData("void M() { Task.Run($$async () => { await WorkAsync(); }); }", false)]
    [InlineData("void M() { Task.Factory.StartNew($$() => Work()); }", false)]
    [InlineData("void M() { Func<Task> work = $$async () => { await WorkAsync(); }; }", false)]
    [InlineData("void M() { Task.Factory.StartNew(RunAsync); } $$async Task RunAsync() { await WorkAsync(); }", true)]
    [InlineData("void M() { Task.Factory.StartNew(this.RunAsync); } $$async Task RunAsync() { await WorkAsync(); }", true)]
    [InlineData("void M() { Task.Factory.StartNew(RunAsync); $$async Task RunAsync() { await WorkAsync(); } }", true)]
    [InlineData("void M() { RunAsync(); Task.Run(RunAsync); } $$async Task RunAsync() { await WorkAsync(); }", false)]
    [InlineData("void M(Func<Task> RunAsync) { Task.Factory.StartNew(RunAsync); } $$async Task RunAsync() { await WorkAsync(); }", false)]
    [InlineData("void M() { Task.Factory.StartNew(() => RunAsync()); } $$async Task RunAsync() { await WorkAsync(); }", false)]
    public void WhatIsWaitedForIsTheFirstPart(string members, bool expected)
    {
        var (tree, model, position) = Compile(members);
        var function = tree.GetRoot().FindToken(position).Parent!.AncestorsAndSelf().First(static node => node is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MethodDeclarationSyntax);
        var inside = function.DescendantNodes().OfType<InvocationExpressionSyntax>().First();

        Assert.Equal(expected, AsyncCode.For(model.Compilation).IsStartedForItsFirstPart(FunctionContext.Of(inside, model, KnownSymbols.For(model.Compilation), CancellationToken.None), model, CancellationToken.None));
    }

    private static (IInvocationOperation Call, KnownSymbols Symbols) CallAt(string members)
    {
        var (tree, model, position) = Compile(members);
        var call = tree.GetRoot().FindToken(position).Parent!.AncestorsAndSelf().OfType<InvocationExpressionSyntax>().First();
        return ((IInvocationOperation)model.GetOperation(call)!, KnownSymbols.For(model.Compilation));
    }

    private static (SyntaxTree Tree, SemanticModel Model, int Position) Compile(string members)
    {
        var source = "using System; using System.Threading; using System.Threading.Tasks; class C { static void Work() { } static void Callback(object state) { } static Task WorkAsync() => Task.Delay(1); " + members + " }";
        var tree = CSharpSyntaxTree.ParseText(source.Replace("$$", "", StringComparison.Ordinal), new CSharpParseOptions(LanguageVersion.Latest));
        var compilation = CSharpCompilation.Create("Case", [tree], References.Framework, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.Empty(compilation.GetDiagnostics().Where(static each => each.Severity == DiagnosticSeverity.Error));
        return (tree, compilation.GetSemanticModel(tree), source.IndexOf("$$", StringComparison.Ordinal));
    }
}
