using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <content>SC1xxx: tasks that escape.</content>
internal static partial class Descriptors
{
    public static DiagnosticDescriptor TaskRunIsFireAndForget { get; } = Create(
        RuleIds.TaskRunIsFireAndForget,
        "Task.Run is fire-and-forget",
        "The task {0} is dropped: nothing waits for it, cancels it or sees it fail; {1}",
        "Work that is started and then forgotten can outlive the code that started it, and its exceptions are lost. Start it in a nursery, which waits for it and reports its failure.",
        Categories.Escaping,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor TaskIsDiscarded { get; } = Create(
        RuleIds.TaskIsDiscarded,
        "Task is discarded",
        "The task {0} is dropped: nothing waits for it, cancels it or sees it fail; {1}",
        "An awaitable that is not awaited can outlive the code that made it, and its exceptions are lost. Await it, or start it in a nursery, which waits for it and reports its failure.",
        Categories.Escaping,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor AsyncVoid { get; } = Create(
        RuleIds.AsyncVoid,
        "async void",
        "{0} async void: nobody can wait for it or cancel it, and an exception in it ends the process; return a task",
        "The caller of an async void function goes on at its first await, cannot learn when it ends, and cannot catch what it throws. Return a task.",
        Categories.Escaping,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor StartedTaskCanBeOrphaned { get; } = Create(
        RuleIds.StartedTaskCanBeOrphaned,
        "Started task can be orphaned",
        "'{0}' is left running, with nobody to wait for it, when the code between its start and its 'await' fails or returns; start it in a nursery, or await it at once",
        "Between a task's start and its await, an exception or a return leaves the task behind: it runs on, and what it fails with is lost. A nursery waits for everything that was started in it, whichever way its body ends.",
        Categories.Escaping,
        DiagnosticSeverity.Info,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor StoredTaskIsNeverObserved { get; } = Create(
        RuleIds.StoredTaskIsNeverObserved,
        "Stored task is never observed",
        "The task put in '{0}' is never awaited, joined or passed on: it may outlive the object, and its failure is lost; start it in an OwnedNursery, or await it when the object ends",
        "A task that is only kept is as good as dropped: nobody learns that it failed, and nobody waits for it when its owner goes.",
        Categories.Escaping,
        DiagnosticSeverity.Info,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor WhenAnyLeavesTheLosersRunning { get; } = Create(
        RuleIds.WhenAnyLeavesTheLosersRunning,
        "WhenAny leaves the losers running",
        "{0} may run on after it has lost this race: nothing cancels it or waits for it; run it in a cancel scope with a timeout, or cancel and await it",
        "'Task.WhenAny' only tells which task ended first. The others run on, and what they fail with is lost, until somebody cancels or awaits them.",
        Categories.Escaping,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor UnstructuredThreadOrCallback { get; } = Create(
        RuleIds.UnstructuredThreadOrCallback,
        "Unstructured thread or callback",
        "'{0}' starts {1} that nobody waits for, cancels or sees fail; start it in a nursery",
        "A thread, a work item or a timer callback that is started on its own can outlive the code that started it, and an exception in it ends the process. Start the work in a nursery.",
        Categories.Escaping,
        DiagnosticSeverity.Info,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor WhenAllDoesNotCancelSiblings { get; } = Create(
        RuleIds.WhenAllDoesNotCancelSiblings,
        "WhenAll does not cancel siblings",
        "When one of these tasks fails, 'WhenAll' lets the others run to their end before it says so; start them in a nursery, which cancels them",
        "'Task.WhenAll' waits for every task, also when the result is lost already. A nursery cancels the siblings of the one that failed.",
        Categories.Escaping,
        recommended: null,
        DiagnosticSeverity.Info);

    public static DiagnosticDescriptor NurseryEscapesItsScope { get; } = Create(
        RuleIds.NurseryEscapesItsScope,
        "Nursery escapes its scope",
        "'{0}' can be used after its nursery has closed: {1}; pass it down as an argument, or give the object an OwnedNursery",
        "A nursery ends with its body. What still holds it, its scope or its token after that starts children in a nursery that has closed, which fails, or waits for a cancellation that never comes.",
        Categories.Escaping,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor ResourceIsDisposedBeforeTheChildEnds { get; } = Create(
        RuleIds.ResourceIsDisposedBeforeTheChildEnds,
        "Resource is disposed before the child ends",
        "'{0}' is disposed when its scope ends, but the child that uses it is joined later, by the nursery; declare it outside the nursery or inside the child",
        "A nursery waits for its children after its body has ended. What a 'using' in the body disposes is gone while they still run.",
        Categories.Escaping,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor OwnedNurseryIsNeverDisposed { get; } = Create(
        RuleIds.OwnedNurseryIsNeverDisposed,
        "Owned nursery is never disposed",
        "Nobody disposes of the owned nursery '{0}', joins it or hands it over, so its children outlive their owner; dispose of it in 'DisposeAsync', or with 'await using'",
        "The children of an owned nursery live until their owner disposes of it. Without that they run on, and what they fail with is never seen.",
        Categories.Escaping,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    private static IEnumerable<DiagnosticDescriptor> Escaping() => [TaskRunIsFireAndForget, TaskIsDiscarded, AsyncVoid, StartedTaskCanBeOrphaned, StoredTaskIsNeverObserved, WhenAnyLeavesTheLosersRunning, UnstructuredThreadOrCallback, WhenAllDoesNotCancelSiblings, NurseryEscapesItsScope, ResourceIsDisposedBeforeTheChildEnds, OwnedNurseryIsNeverDisposed];
}
